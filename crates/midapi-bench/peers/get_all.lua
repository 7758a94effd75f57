-- Requests with the SDK in Lua: reads numbers from standard input, one per line, and sends that many requests for each.
local midapi = require "midapi"
local base_url, in_flight = arg[1], tonumber(arg[3])
local client = assert(midapi.client { api_key = "example-key", base_url = base_url })
io.stdout:setvbuf "line"
print "ready"
for line in io.lines() do
  local ids = {}
  for number = 1, tonumber(line) do
    ids[number] = "task-" .. number
  end
  for _, task, err in client:get_all(ids, { max_in_flight = in_flight }) do
    assert(#assert(task, err).result_urls == 4)
  end
  print "done"
end
