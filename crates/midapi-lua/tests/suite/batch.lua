-- Batches of ids.
local check = require "check"
local equal, raises, test = check.equal, check.raises, check.test
local client = check.client()

local function collect(iterator, ...)
  local list = {}
  for id, task, err in iterator, ... do
    equal(task == nil, err ~= nil)
    list[#list + 1] = id .. "=" .. (task and task.status or err.kind)
  end
  table.sort(list)
  return table.concat(list, " ")
end

test("every id has a result", function()
  local list = collect(client:get_all { "done", "failed", "missing", "done", "" })
  equal(list, "=usage done=success done=success failed=failed missing=not_found")
end)

test("ids keep their bytes", function()
  local expected = { ["\255\254"] = "usage", ["\0"] = "usage", ["\255"] = "usage", done = "success" }
  for _, name in ipairs { "get_all", "wait_all" } do
    local count = 0
    for id, task, err in client[name](client, { "\255\254", "done", "\0", "\255" }) do
      equal(task and task.status or err.kind, expected[id], string.format("%q", id))
      equal(task and task.id or err.id, id)
      count = count + 1
    end
    equal(count, 4)
  end
end)

test("an empty list has no results", function()
  equal(collect(client:get_all {}), "")
  equal(collect(client:wait_all {}), "")
end)

test("results arrive as tasks finish", function()
  local order = {}
  for id in client:wait_all({ "slow-3", "done", "late" }, { interval = 0.05 }) do
    order[#order + 1] = id
  end
  equal(order[3], "slow-3")
  equal(#order, 3)
end)

test("the timeout is per id", function()
  local list = collect(client:wait_all({ "generating", "done" }, { timeout = 0.05, interval = 0.01 }))
  equal(list, "done=success generating=deadline")
end)

test("updates precede their result", function()
  local events = {}
  for id in client:wait_all({ "slow-4" }, {
    interval = 0.01,
    on_update = function(task)
      events[#events + 1] = task.id .. " " .. task.status
    end,
  }) do
    events[#events + 1] = id .. " finished"
  end
  equal(table.concat(events, ", "), "slow-4 generating, slow-4 success, slow-4 finished")
end)

test("a callback error ends the iteration", function()
  local iterator = client:wait_all({ "generating" }, {
    on_update = function()
      error "stop"
    end,
  })
  raises("stop", iterator)
  equal(iterator(), nil)
end)

test("a callback cannot call its iterator", function()
  local iterator
  iterator = client:wait_all({ "generating" }, {
    on_update = function()
      iterator()
    end,
  })
  raises("iterator of 'wait_all' called inside its own callback", iterator)
end)

test("fail_fast stops at a failure", function()
  local list = collect(client:wait_all({ "failed", "generating" }, { fail_fast = true, max_in_flight = 1 }))
  equal(list, "failed=task_failed")
end)

test("a loop can be left early", function()
  for _ = 1, 20 do
    for id in client:wait_all({ "done", "generating", "failed" }, { max_in_flight = 1 }) do
      equal(type(id), "string")
      break
    end
  end
  equal(collect(client:get_all { "done" }), "done=success")
end)

test("a finished iterator returns nil", function()
  local iterator = client:get_all { "done" }
  equal(iterator(), "done")
  equal(iterator(), nil)
  equal(iterator(), nil)
end)

test("500 ids with 8 in flight", function()
  local ids, count = {}, 0
  for number = 1, 500 do
    ids[number] = "missing-" .. number
  end
  for _, task, err in client:get_all(ids, { max_in_flight = 8 }) do
    equal(task, nil)
    equal(err.kind, "not_found")
    count = count + 1
  end
  equal(count, 500)
end)
