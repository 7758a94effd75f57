-- A failure of the API, the network or the settings is returned as nil, err.
local check = require "check"
local equal, test = check.equal, check.test
local client = check.client()

local rows = {
  -- id, kind, code, HTTP status, retryable, attempts
  { "missing", "not_found", 422, 200, false, 1 },
  { "credits", "credits", 402, 200, false, 1 },
  { "broken", "server", nil, 502, true, 2 },
  { "limited", "rate_limited", 429, 429, true, 1 },
  { "", "usage", nil, nil, false, 0 },
  { "two\nlines", "usage", nil, nil, false, 0 },
  { "\255", "usage", nil, nil, false, 0 },
  { "a\255\254z", "usage", nil, nil, false, 0 },
  { "\0", "usage", nil, nil, false, 0 },
}

for _, row in ipairs(rows) do
  local id, kind, code, status, retryable, attempts = row[1], row[2], row[3], row[4], row[5], row[6]
  test("error " .. kind .. " of id " .. string.format("%q", id), function()
    local task, err = client:get(id, { max_retries = attempts == 2 and 1 or 0 })
    equal(task, nil)
    equal(type(err), "table")
    equal(err.kind, kind)
    equal(err.code, code)
    equal(err.http_status, status)
    equal(err.retryable, retryable)
    equal(err.attempts, attempts)
    equal(type(err.message), "string")
    equal(tostring(err), err.message)
    equal(err.id, id)
  end)
end

test("retry_after is read", function()
  local _, err = client:get("limited", { max_retries = 0 })
  equal(err.retry_after, 0)
end)

test("transient failures are retried", function()
  equal(assert(client:get("flaky")).status, "success")
end)

test("max_retries of the client is used", function()
  local without_retries = check.client { max_retries = 0 }
  local _, err = without_retries:get("broken")
  equal(err.attempts, 1)
end)

test("a wait with a wrong id", function()
  local _, err = client:wait "\255\254"
  equal(err.kind, "usage")
  equal(err.id, "\255\254")
end)

test("errors can be concatenated", function()
  local _, err = client:get "missing"
  equal("failed: " .. err, "failed: " .. err.message)
  equal(err .. "!", err.message .. "!")
  equal(7 .. err .. err, "7" .. err.message .. err.message)
  check.raises("errors.lua", function()
    return err .. {}
  end)
  check.raises("attempt to concatenate a nil value", function()
    return err .. nil
  end)
  err.message = {}
  equal(tostring(err), "table")
end)

test("wrong uses of a client raise strings", function()
  -- stylua: ignore
  local uses = {
    function() client.key = 1 end,
    function() client() end,
    function() return client < client end,
    function() return client .. "" end,
    function() client.get() end,
    function() client.get(print, "done") end,
    function() client:get(setmetatable({}, { __tostring = error })) end,
    function() client:get_all() end,
    function() client:wait_all(client) end,
    function() require("midapi").client(5) end,
  }
  for number, use in ipairs(uses) do
    local succeeded, err = pcall(use)
    equal(succeeded, false, "use " .. number)
    equal(type(err), "string", "use " .. number)
  end
end)

test("wrong settings are config errors", function()
  local rejected, err = require("midapi").client { api_key = "two words", base_url = check.base_url }
  equal(rejected, nil)
  equal(err.kind, "config")
  rejected, err = require("midapi").client { api_key = "test-key", base_url = "ftp://a.example" }
  equal(rejected, nil)
  equal(err.kind, "config")
end)

-- PUC 5.1 accepts only a string as the message of assert.
local assert_accepts_tables = _VERSION ~= "Lua 5.1" or jit
test("assert raises the error", assert_accepts_tables and function()
  local succeeded, err = pcall(function()
    return assert(client:get("missing"))
  end)
  equal(succeeded, false)
  equal(err.kind, "not_found")
end or function()
  check.raises("string expected, got table", assert, client:get("missing"))
end)
