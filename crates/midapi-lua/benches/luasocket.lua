-- The same as look_ups.lua, as one would write it with luasocket and lua-cjson: one after the other.
local http, ltn12, cjson = require "socket.http", require "ltn12", require "cjson"
local base_url, count = arg[1], tonumber(arg[2])
local headers = { Authorization = "Bearer made-up", ["Content-Type"] = "application/json" }
io.stdout:setvbuf "line"
print "ready"
for _ in io.lines() do
  local urls = 0
  for number = 1, count do
    local body = {}
    local url = base_url .. "/api/v1/mj/record-info?taskId=task-" .. number
    local fine, status = http.request { url = url, headers = headers, sink = ltn12.sink.table(body) }
    assert(fine and status == 200, status)
    local answer = cjson.decode(table.concat(body))
    assert(answer.code == 200)
    cjson.decode(answer.data.paramJson)
    urls = urls + #answer.data.resultInfoJson.resultUrls
  end
  assert(urls == 4 * count)
  print "done"
end
