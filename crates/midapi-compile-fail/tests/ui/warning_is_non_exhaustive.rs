fn main() {
    let _ = midapi::DecodeWarning { field: String::new(), message: String::new() };
}
