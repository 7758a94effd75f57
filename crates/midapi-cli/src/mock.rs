//! `midapi mock`

use std::io::ErrorKind;

use midapi_mock::MockServer;

use crate::args::Mock;
use crate::print::{Closed, err, out};
use crate::signals;

/// Serves a made-up API until it is interrupted, or lists the ids that it knows.
pub(crate) async fn run(options: &Mock) -> Result<u8, Closed> {
    if options.list {
        for demo in midapi_mock::demos() {
            out(format_args!("{:<28} {}", demo.id, demo.description))?;
        }
        return Ok(0);
    }
    let mut builder = MockServer::builder().listen(options.listen).log(false);
    if let Some(folder) = &options.replay {
        builder = match builder.replay(folder) {
            Ok(builder) => builder,
            Err(error) => {
                err(format_args!("error: cannot replay {}: {error}", folder.display()));
                return Ok(1);
            }
        };
    }
    if let Some(file) = &options.scenarios {
        builder = match builder.scenario_file(file) {
            Ok(builder) => builder,
            Err(error) => {
                err(format_args!("error: {error}"));
                return Ok(1);
            }
        };
    }
    let server = match builder.start() {
        Ok(server) => server,
        Err(error) => {
            err(format_args!("error: {error}"));
            // An address that is not loopback is a bad option; one in use is not.
            return Ok(if error.kind() == ErrorKind::InvalidInput { 2 } else { 1 });
        }
    };
    let base = server.base_url();
    out(&base)?;
    err(format_args!(
        "serving until Ctrl-C; in another terminal:\n  export MIDAPI_BASE_URL={base} MIDAPI_API_KEY=made-up\n  midapi wait demo"
    ));
    Ok(signals::ended().await)
}
