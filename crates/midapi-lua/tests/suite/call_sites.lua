-- Calls of the client work wherever a plain function does.
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
  ["coroutine that yields between calls"] = function()
    local run = coroutine.wrap(function()
      local first = status()
      coroutine.yield()
      return first == status() and first
    end)
    run()
    return run()
  end,
  ["batch in a coroutine that yields"] = function()
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
    local last
    table.sort({ 3, 1, 2 }, function(a, b)
      last = status()
      return a < b
    end)
    return last
  end,
  ["string.gsub"] = function()
    return (("x"):gsub("x", status))
  end,
  metamethod = function()
    return setmetatable({}, {
      __index = function()
        return status()
      end,
    }).anything
  end,
  ["nested loops"] = function()
    local last
    for id in client:get_all { "done", "failed" } do
      for _, task in client:get_all { id, "done" } do
        last = last or (task.id == "done" and task.status)
      end
    end
    return last
  end,
  ["nested waits in a coroutine"] = function()
    return coroutine.wrap(function()
      local last
      client:wait("slow-5", {
        interval = 0.01,
        on_update = function()
          last = client:wait("done").status
        end,
      })
      return last
    end)()
  end,
}

for name, call in pairs(rows) do
  test(name, function()
    equal(call(), "success")
  end)
end
