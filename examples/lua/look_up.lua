-- Looks tasks up: midapi lua examples/lua/look_up.lua ID…, with the key in MIDAPI_API_KEY.
local midapi = require "midapi"

local client, problem = midapi.client()
if not client then
  error(tostring(problem))
end
for _, id in ipairs(arg) do
  local task, err = client:get(id)
  if task then
    print(task.id, task.status, task.params and task.params.prompt, task.result_urls[1])
  elseif err then
    print(id, err.kind, err.message)
  end
end
