async fn request() {
    let _ = midapi::Client::builder().api_key("k").get("0f1e2d3c4b5a69788796a5b4c3d2e1f0").await;
}

fn main() {}
