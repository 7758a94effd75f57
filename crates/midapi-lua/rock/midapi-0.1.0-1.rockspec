-- The module for stock interpreters. It is built from source, which requires Rust and a C compiler.
rockspec_format = "3.0"
package = "midapi"
version = "0.1.0-1"
source = {
  -- Not published yet: `luarocks make` in this folder of a checkout builds it.
  url = "git+file://.",
}
description = {
  summary = "Request, wait for and download Midjourney tasks of MidAPI. Unofficial",
  detailed = "Requests, waits for and downloads tasks, singly or concurrently, with retries and timeouts. Errors are plain tables.",
  license = "MIT OR Apache-2.0",
  labels = { "midjourney", "http" },
}
supported_platforms = { "linux", "macosx", "windows" }
dependencies = { "lua >= 5.1, < 5.5" }
build_dependencies = { "luarocks-build-rust-mlua >= 0.2.3" }
build = {
  type = "rust-mlua",
  default_features = false,
  features = { "module" },
  modules = { midapi = "midapi" },
  -- The type definitions for editors.
  install = { lua = { ["midapi.library"] = "../library/midapi.lua" } },
}
