local client = assert(require("midapi").client())
local task = client:get("id")
-- wrong: need-check-nil
print(task.status)
