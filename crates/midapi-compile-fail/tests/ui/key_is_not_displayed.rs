fn show(key: midapi::ApiKey) -> String {
    format!("{key}")
}

fn main() {}
