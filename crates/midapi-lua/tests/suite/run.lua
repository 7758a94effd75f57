-- Runs the suite against a server that has the scenarios of scenarios.json: lua run.lua http://127.0.0.1:PORT
local here = arg[0]:match("^(.*)[/\\]") or "."
package.path = here .. "/?.lua;" .. package.path

local check = require "check"
check.base_url = assert(arg[1], "the base URL of a server that has the scenarios of scenarios.json")

for _, file in ipairs { "task", "failure", "misuse", "wait", "many", "side_by_side" } do
  dofile(here .. "/" .. file .. ".lua")
end
check.report()
