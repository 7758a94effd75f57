-- A test is a function that raises. The last line says how many passed.
local check = { passed = 0, failures = {} }

function check.test(name, body)
  local trace = debug and debug.traceback
  local fine, err = xpcall(body, function(e)
    return trace and trace(tostring(e), 2) or tostring(e)
  end)
  if fine then
    check.passed = check.passed + 1
  else
    check.failures[#check.failures + 1] = name .. ": " .. tostring(err)
  end
end

local function shown(value)
  return type(value) == "string" and string.format("%q", value) or tostring(value)
end

function check.equal(given, expected, why)
  if given ~= expected then
    error((why and why .. ": " or "") .. "expected " .. shown(expected) .. ", not " .. shown(given), 2)
  end
end

-- Calls a function that has to raise a text with these words in it, and gives back the text.
function check.raises(words, body, ...)
  local fine, err = pcall(body, ...)
  if fine then
    error("nothing was raised; expected: " .. words, 2)
  end
  check.equal(type(err), "string", words)
  if not err:find(words, 1, true) then
    error("expected to read: " .. words .. "; read: " .. err, 2)
  end
  return err
end

-- A client of the server that the suite was given.
function check.client(options)
  options = options or {}
  options.api_key = options.api_key or "made-up-key"
  options.base_url = check.base_url
  return assert(require("midapi").client(options))
end

function check.report()
  for _, failure in ipairs(check.failures) do
    print(failure)
  end
  local line = string.format("%d passed, %d failed", check.passed, #check.failures)
  if #check.failures > 0 then
    error(line .. "\n" .. table.concat(check.failures, "\n"), 0)
  end
  print(line)
end

return check
