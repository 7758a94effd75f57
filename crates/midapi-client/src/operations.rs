// Made by `cargo xtask codegen` from spec/midapi.yaml. Do not edit: change the spec and run it again.

use crate::Operation;
/// Looks up one task by its id.
pub const GET_RECORD_INFO: Operation = Operation {
    id: "get_record_info",
    method: "GET",
    path: "/api/v1/mj/record-info",
    query: &["taskId"],
};
