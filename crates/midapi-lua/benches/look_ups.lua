-- For each line that comes: looks so many tasks up, and says when it is done.
local midapi = require "midapi"
local client = assert(midapi.client { api_key = "made-up", base_url = arg[1] })
local ids = {}
for number = 1, tonumber(arg[2]) do
  ids[number] = "task-" .. number
end
io.stdout:setvbuf "line"
print "ready"
for _ in io.lines() do
  local urls = 0
  for _, task, err in client:get_all(ids, { max_in_flight = tonumber(arg[3] or 64) }) do
    urls = urls + #assert(task, err).result_urls
  end
  assert(urls == 4 * #ids)
  print "done"
end
