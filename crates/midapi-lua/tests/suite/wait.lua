-- Waits, their updates and callbacks.
local check = require "check"
local equal, raises, test = check.equal, check.raises, check.test
local client = check.client()

test("a wait ends with the task, having told each change of its state", function()
  local seen = {}
  local task = assert(client:wait("slow-1", {
    interval = 0.01,
    on_update = function(update)
      seen[#seen + 1] = update.status
    end,
  }))
  equal(task.status, "success")
  equal(table.concat(seen, " "), "generating success")
end)

test("a failed task ends its wait as an error that has it", function()
  local task, err = client:wait "failed"
  equal(task, nil)
  equal(err.kind, "task_failed")
  equal(err.task.status, "failed")
  equal(err.task.id, "failed")
end)

test("a deadline says what was last seen", function()
  local task, err = client:wait("generating", { timeout = 0.05, interval = 0.01 })
  equal(task, nil)
  equal(err.kind, "deadline")
  equal(err.last_status, "generating")
  equal(err.task.status, "generating")
  equal(err.attempts > 1, true)
end)

test("a callback may call the client", function()
  local seen
  client:wait("slow-2", {
    interval = 0.01,
    on_update = function()
      seen = assert(client:get "done").status
      equal(client:wait("done").status, "success")
    end,
  })
  equal(seen, "success")
end)

test("a callback that raises a text ends its wait with that text, its place and a traceback", function()
  local text = raises("enough", client.wait, client, "generating", {
    on_update = function()
      error "enough"
    end,
  })
  equal(text:match "wait.lua:%d+: enough" ~= nil, true, text)
  equal(text:find("stack traceback:", 1, true) ~= nil, true, text)
end)

test("a callback that raises something else ends its wait with just that", function()
  local mine = { reason = "enough" }
  local fine, err = pcall(client.wait, client, "generating", {
    on_update = function()
      error(mine)
    end,
  })
  equal(fine, false)
  equal(err, mine)
end)

test("misuse inside a callback reads as anywhere", function()
  raises("client:get: the id has to be a string", client.wait, client, "generating", {
    on_update = function()
      client:get(7)
    end,
  })
end)
