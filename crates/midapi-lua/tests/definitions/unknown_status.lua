local client = assert(require("midapi").client())
local task = assert(client:get("id"))
---@type midapi.Status
local status = task.status
-- wrong: assign-type-mismatch
status = "finished"
print(status)
