-- Calls work wherever a plain function does.
local check = require "check"
local equal, test = check.equal, check.test
local client = check.client()

local function status()
  return assert(client:get "done").status
end

local rows = {
  coroutine = function()
    return coroutine.wrap(function()
      coroutine.yield(status())
    end)()
  end,
  ["a coroutine that yields between calls"] = function()
    local run = coroutine.wrap(function()
      local first = status()
      coroutine.yield()
      return first == status() and first
    end)
    run()
    return run()
  end,
  ["a loop over many in a coroutine that yields in it"] = function()
    local run = coroutine.wrap(function()
      for _, task in client:get_all { "done", "done" } do
        coroutine.yield(task.status)
      end
    end)
    run()
    return run()
  end,
  pcall = function()
    return select(2, pcall(status))
  end,
  xpcall = function()
    return select(2, xpcall(status, tostring))
  end,
  ["table.sort"] = function()
    local seen
    table.sort({ 3, 1, 2 }, function(a, b)
      seen = status()
      return a < b
    end)
    return seen
  end,
  ["string.gsub"] = function()
    return (("x"):gsub("x", status))
  end,
  ["a metamethod"] = function()
    return setmetatable({}, {
      __index = function()
        return status()
      end,
    }).anything
  end,
  ["a loop within a loop"] = function()
    local seen
    for id in client:get_all { "done", "failed" } do
      for _, task in client:get_all { id, "done" } do
        seen = seen or (task.id == "done" and task.status)
      end
    end
    return seen
  end,
  ["a wait within a wait within a coroutine"] = function()
    return coroutine.wrap(function()
      local seen
      client:wait("slow-5", {
        interval = 0.01,
        on_update = function()
          seen = client:wait("done").status
        end,
      })
      return seen
    end)()
  end,
}

for where, call in pairs(rows) do
  test(where, function()
    equal(call(), "success")
  end)
end
