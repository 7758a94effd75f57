-- Waits, their updates and callbacks.
local check = require "check"
local equal, raises, test = check.equal, check.raises, check.test
local client = check.client()

test("on_update receives each status", function()
  local statuses = {}
  local task = assert(client:wait("slow-1", {
    interval = 0.01,
    on_update = function(update)
      statuses[#statuses + 1] = update.status
    end,
  }))
  equal(task.status, "success")
  equal(table.concat(statuses, " "), "generating success")
end)

test("task_failed carries the task", function()
  local task, err = client:wait "failed"
  equal(task, nil)
  equal(err.kind, "task_failed")
  equal(err.task.status, "failed")
  equal(err.task.id, "failed")
end)

test("deadline carries the last status", function()
  local task, err = client:wait("generating", { timeout = 0.05, interval = 0.01 })
  equal(task, nil)
  equal(err.kind, "deadline")
  equal(err.last_status, "generating")
  equal(err.task.status, "generating")
  equal(err.attempts > 1, true)
end)

test("a callback can call the client", function()
  local status
  client:wait("slow-2", {
    interval = 0.01,
    on_update = function()
      status = assert(client:get "done").status
      equal(client:wait("done").status, "success")
    end,
  })
  equal(status, "success")
end)

test("callback errors are passed on unchanged", function()
  local own_error = { reason = "stop" }
  for _, value in ipairs { "stop", own_error, 7, true } do
    local succeeded, err = pcall(client.wait, client, "generating", {
      on_update = function()
        error(value, 0)
      end,
    })
    equal(succeeded, false)
    equal(err, value)
  end
end)

test("callback errors keep their position", function()
  local text = raises("stop", client.wait, client, "generating", {
    on_update = function()
      error "stop"
    end,
  })
  equal(text:match "^.*wait.lua:%d+: stop$" ~= nil, true, text)
end)

test("argument errors inside a callback", function()
  raises("bad argument #1 to 'get' (string expected, got number)", client.wait, client, "generating", {
    on_update = function()
      client:get(7)
    end,
  })
end)
