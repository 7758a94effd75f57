fn main() {
    let _ = midapi::Problem { field: String::new(), message: String::new() };
}
