-- What does not work is nil and an error, and raises nothing.
local check = require "check"
local equal, test = check.equal, check.test
local client = check.client()

local rows = {
  -- id, kind, code, HTTP status, retryable, attempts
  { "nobody", "not_found", 422, 200, false, 1 },
  { "credits", "credits", 402, 200, false, 1 },
  { "broken", "server", nil, 502, true, 2 },
  { "limited", "rate_limited", 429, 429, true, 1 },
  { "", "usage", nil, nil, false, 0 },
  { "two\nlines", "usage", nil, nil, false, 0 },
  { "\255", "usage", nil, nil, false, 0 },
}

for _, row in ipairs(rows) do
  local id, kind, code, status, retryable, attempts = row[1], row[2], row[3], row[4], row[5], row[6]
  test("the error of " .. kind .. " for " .. string.format("%q", id), function()
    local task, err = client:get(id, { retries = attempts == 2 and 1 or 0 })
    equal(task, nil)
    equal(type(err), "table")
    equal(err.kind, kind)
    equal(err.code, code)
    equal(err.http_status, status)
    equal(err.retryable, retryable)
    equal(err.attempts, attempts)
    equal(type(err.message), "string")
    equal(tostring(err), err.message)
    if id ~= "\255" then
      equal(err.id, id)
    end
  end)
end

test("what the server asks for is there", function()
  local _, err = client:get("limited", { retries = 0 })
  equal(err.retry_after, 0)
end)

test("a look-up is made again where that makes sense", function()
  equal(assert(client:get("flaky")).status, "success")
end)

test("a client's own retries and time-out hold for its look-ups", function()
  local hasty = check.client { retries = 0 }
  local _, err = hasty:get("broken")
  equal(err.attempts, 1)
end)

test("a client that cannot be made is nil and an error", function()
  local none, err = require("midapi").client { api_key = "two words", base_url = check.base_url }
  equal(none, nil)
  equal(err.kind, "config")
  none, err = require("midapi").client { api_key = "made-up", base_url = "ftp://a.example" }
  equal(none, nil)
  equal(err.kind, "config")
end)

-- PUC 5.1 takes nothing but a text for it.
local assert_takes_errors = _VERSION ~= "Lua 5.1" or jit
test("assert shows the message", assert_takes_errors and function()
  local fine, err = pcall(function()
    return assert(client:get("nobody"))
  end)
  equal(fine, false)
  equal(tostring(err):find("no task", 1, true) ~= nil, true, tostring(err))
end or function()
  check.raises("string expected, got table", assert, client:get("nobody"))
end)
