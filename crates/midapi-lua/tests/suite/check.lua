-- Test helpers. A test is a function; it fails if it raises.
local check = { passed = 0, failures = {} }

function check.test(name, body)
  local traceback = debug and debug.traceback
  local succeeded, err = xpcall(body, function(err)
    return traceback and traceback(tostring(err), 2) or tostring(err)
  end)
  if succeeded then
    check.passed = check.passed + 1
  else
    check.failures[#check.failures + 1] = name .. ": " .. tostring(err)
  end
end

local function quote(value)
  return type(value) == "string" and string.format("%q", value) or tostring(value)
end

function check.equal(value, expected, message)
  if value ~= expected then
    error((message and message .. ": " or "") .. "expected " .. quote(expected) .. ", got " .. quote(value), 2)
  end
end

-- Calls a function that must raise a string with this text, and returns the string.
function check.raises(text, body, ...)
  local succeeded, err = pcall(body, ...)
  if succeeded then
    error("no error; expected: " .. text, 2)
  end
  check.equal(type(err), "string", text)
  if not err:find(text, 1, true) then
    error("expected " .. quote(text) .. ", got " .. quote(err), 2)
  end
  return err
end

-- A client of the test server.
function check.client(options)
  options = options or {}
  options.api_key = options.api_key or "test-key"
  options.base_url = check.base_url
  return assert(require("midapi").client(options))
end

function check.report()
  for _, failure in ipairs(check.failures) do
    print(failure)
  end
  local summary = string.format("%d passed, %d failed", check.passed, #check.failures)
  if #check.failures > 0 then
    error(summary .. "\n" .. table.concat(check.failures, "\n"), 0)
  end
  print(summary)
end

return check
