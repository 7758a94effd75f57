local client = assert(require("midapi").client())
---@type midapi.GetOptions
local options = {}
-- wrong: inject-field
options.tiemout = 5
print(client:get("id", options))
