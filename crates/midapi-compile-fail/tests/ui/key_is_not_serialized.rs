fn show(key: midapi::ApiKey) -> String {
    serde_json::to_string(&key).unwrap_or_default()
}

fn main() {}
