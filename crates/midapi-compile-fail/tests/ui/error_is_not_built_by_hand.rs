fn main() {
    let _ = midapi::Error::new(midapi::ErrorKind::Auth, "made up");
}
