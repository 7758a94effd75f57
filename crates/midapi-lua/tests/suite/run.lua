-- Runs the suite against a server with the scenarios of scenarios.json: lua run.lua http://127.0.0.1:PORT DIRECTORY
-- The downloads are saved in the directory.
local folder = arg[0]:match("^(.*)[/\\]") or "."
package.path = folder .. "/?.lua;" .. package.path

local check = require "check"
check.base_url = assert(arg[1], "usage: lua run.lua BASE_URL DIRECTORY")
check.directory = assert(arg[2], "usage: lua run.lua BASE_URL DIRECTORY")

for _, file in ipairs { "task", "errors", "arguments", "wait", "batch", "download", "call_sites" } do
  dofile(folder .. "/" .. file .. ".lua")
end
check.report()
