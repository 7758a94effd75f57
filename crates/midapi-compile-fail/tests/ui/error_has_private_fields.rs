fn main() {
    let _ = midapi::Error(Box::new(()));
}
