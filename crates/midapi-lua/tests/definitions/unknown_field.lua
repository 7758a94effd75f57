local client = assert(require("midapi").client())
local task = assert(client:get("id"))
-- wrong: undefined-field
print(task.urls)
