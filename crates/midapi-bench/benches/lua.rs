//! A Lua loop over `client:get`, without network.

use divan::Bencher;
use divan::counter::ItemsCount;
use midapi::{Client, RawResponse};
use midapi_bench::transport::SimulatedTransport;
use midapi_bench::{BODY, ID};
use mlua::{Function, Lua};

const REQUESTS: u64 = 1_000;

#[divan::bench(name = "1000 times client:get in Lua, without network")]
fn get_in_lua(bencher: Bencher<'_, '_>) {
    let transport = SimulatedTransport::new(|| RawResponse::new(200, BODY));
    let client = Client::builder().api_key("example-key").transport(transport).build().unwrap();
    let lua = Lua::new();
    lua.globals().set("midapi", midapi_lua::table_with(&lua, client).unwrap()).unwrap();
    let run: Function = lua
        .load(
            "local client = midapi.client()
            return function(id, count)
                for _ = 1, count do assert(client:get(id)) end
            end",
        )
        .eval()
        .unwrap();
    bencher.counter(ItemsCount::new(REQUESTS)).bench_local(|| run.call::<()>((ID, REQUESTS)).unwrap());
}
