-- Requests tasks: midapi lua examples/lua/get.lua ID…
-- The API key is read from MIDAPI_API_KEY.
local midapi = require "midapi"

local client, client_error = midapi.client()
if not client then
  error(tostring(client_error))
end
for _, id in ipairs(arg) do
  local task, err = client:get(id)
  if task then
    print(task.id, task.status, task.params and task.params.prompt, task.result_urls[1])
  elseif err then
    print(id, err.kind, err.message)
  end
end
