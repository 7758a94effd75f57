#![deny(unused_must_use)]

async fn request(client: midapi::Client) {
    client.get("0f1e2d3c4b5a69788796a5b4c3d2e1f0");
}

fn main() {}
