use midapi::Status;

fn name(status: Status) -> &'static str {
    match status {
        Status::Generating => "soon",
        Status::Success => "done",
        Status::Failed | Status::GenerationFailed => "failed",
        Status::Unknown(_) => "who knows",
    }
}

fn main() {}
