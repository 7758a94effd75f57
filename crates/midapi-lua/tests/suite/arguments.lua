-- A wrong argument raises a string with the position of the call, and sends no request.
local check = require "check"
local equal, raises, test = check.equal, check.raises, check.test
local client = check.client()
local midapi = require "midapi"

local duration = "number of seconds or duration such as '1h30m' expected"

-- stylua: ignore
local rows = {
  { "bad argument #1 to 'get' (string expected, got number)", function() client:get(7) end },
  { "bad argument #1 to 'get' (string expected, got no value)", function() client:get() end },
  { "bad argument #2 to 'get' (table expected, got number)", function() client:get("done", 5) end },
  { "bad argument #2 to 'get' (unknown option 'tiemout'; did you mean 'timeout'?)", function() client:get("done", { tiemout = 5 }) end },
  { "bad argument #2 to 'get' (unknown option 'TIMEOUT'; did you mean 'timeout'?)", function() client:get("done", { TIMEOUT = 5 }) end },
  { "bad argument #2 to 'wait' (unknown option 'updates'; did you mean 'on_update'?)", function() client:wait("done", { updates = print }) end },
  { "bad argument #2 to 'get_all' (unknown option 'update')", function() client:get_all({ "done" }, { update = print }) end },
  { "bad argument #2 to 'get' (unknown option 'colour')", function() client:get("done", { colour = 5 }) end },
  { "bad argument #2 to 'get' (option name must be a string, got number)", function() client:get("done", { 5 }) end },
  { "bad argument #2 to 'get' (option 'timeout': " .. duration .. ", got 'long')", function() client:get("done", { timeout = "long" }) end },
  { "bad argument #2 to 'get' (option 'timeout': " .. duration .. ", got -1)", function() client:get("done", { timeout = -1 }) end },
  { "bad argument #2 to 'get' (option 'timeout': " .. duration .. ", got boolean)", function() client:get("done", { timeout = true }) end },
  { "(option 'max_retries': integer of at least 0 expected, got 1.5)", function() client:get("done", { max_retries = 1.5 }) end },
  { "(option 'on_update': function expected, got 5)", function() client:wait("done", { on_update = 5 }) end },
  { "(option 'rate': positive number expected, got 0)", function() client:get_all({}, { rate = 0 }) end },
  { "(option 'max_in_flight': integer of at least 1 expected, got 0)", function() client:get_all({}, { max_in_flight = 0 }) end },
  { "(option 'fail_fast': boolean expected, got 'yes')", function() client:wait_all({}, { fail_fast = "yes" }) end },
  { "bad argument #1 to 'wait_all' (list of strings expected, got string)", function() client:wait_all("done") end },
  { "bad argument #1 to 'get_all' (string expected at index 1, got number)", function() client:get_all { 1 } end },
  { "calling 'get' on bad self (midapi.Client expected, got string); call it with a colon: client:get(…)", function() client.get("done") end },
  { "bad argument #1 to 'client' (unknown option 'key'; did you mean 'api_key'?)", function() midapi.client { key = "x" } end },
  { "bad argument #1 to 'client' (option 'api_key': string expected, got boolean)", function() midapi.client { api_key = true } end },
}

for _, row in ipairs(rows) do
  test(row[1], function()
    local text = raises(row[1], row[2])
    equal(text:find("arguments.lua:", 1, true) ~= nil, true, "error without a position: " .. text)
  end)
end

-- stylua: ignore
local lists = {
  { "string expected at index 2, got nil", { "a", nil, "c" } },
  { "string expected at index 1, got nil", { [2] = "b" } },
  { "string expected at index 2, got nil", { "a", [1000] = "b" } },
  { "string expected at index 2, got table", { "a", {} } },
  { "unexpected key 'timeout' in the list of ids; pass options as argument #2", { "a", timeout = 5 } },
  { "list of strings expected, got a table with key 'id'", { id = "a" } },
  { "list of strings expected, got a table with key 'b'", { "a", b = "c" } },
  { "list of strings expected, got a table with a boolean key", { "a", [true] = "b" } },
  { "list of strings expected, got a table with a number key", { "a", [1.5] = "b" } },
}

for _, row in ipairs(lists) do
  test(row[1], function()
    local text = raises("bad argument #1 to 'get_all' (" .. row[1] .. ")", function()
      client:get_all(row[2])
    end)
    equal(text:find("arguments.lua:", 1, true) ~= nil, true, "error without a position: " .. text)
    raises("bad argument #1 to 'wait_all' (" .. row[1] .. ")", function()
      client:wait_all(row[2])
    end)
  end)
end

test("a list may have indexes below 1", function()
  for id in client:get_all { "done", [0] = "script.lua", [-1] = "lua" } do
    equal(id, "done")
  end
end)

test("tail calls keep their position", function()
  local function call()
    return client:get(7)
  end
  local text = raises("bad argument #1 to 'get'", call)
  -- LuaJIT drops the frame of a tail call, and with it the position.
  equal(text:find("arguments.lua:", 1, true) ~= nil, jit == nil, text)
end)

test("durations are numbers or text", function()
  for _, timeout in ipairs { 5, 0.5, "5", "500ms", "1h30m" } do
    equal(assert(client:get("done", { timeout = timeout })).status, "success")
  end
  local _, err = client:wait("generating", { timeout = "50ms", interval = "10ms" })
  equal(err.kind, "deadline")
end)
