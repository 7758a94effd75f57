use midapi::ErrorKind;

fn again(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::Transport | ErrorKind::RateLimited | ErrorKind::Unavailable | ErrorKind::Server => true,
        ErrorKind::Auth | ErrorKind::Credits | ErrorKind::NotFound | ErrorKind::InvalidRequest => false,
        ErrorKind::GenerationFailed | ErrorKind::Disabled | ErrorKind::Unexpected | ErrorKind::Decode => false,
        ErrorKind::Deadline | ErrorKind::TaskFailed | ErrorKind::Config | ErrorKind::Usage => false,
    }
}

fn main() {}
