-- Waits for tasks and prints them as they finish: midapi lua examples/lua/wait_all.lua ID…
local midapi = require "midapi"

local client, client_error = midapi.client()
if not client then
  error(tostring(client_error))
end
for id, task, err in client:wait_all(arg, { max_in_flight = 8, timeout = "10m" }) do
  if task then
    print(id, "done", #task.result_urls .. " files")
  elseif err then
    print(id, err.kind, err.task and err.task.error_message or err.message)
  end
end
