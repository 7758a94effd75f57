-- Many ids, side by side.
local check = require "check"
local equal, raises, test = check.equal, check.raises, check.test
local client = check.client()

local function answers(iterator, ...)
  local list = {}
  for id, task, err in iterator, ... do
    equal(task == nil, err ~= nil)
    list[#list + 1] = id .. "=" .. (task and task.status or err.kind)
  end
  table.sort(list)
  return table.concat(list, " ")
end

test("each id is answered, also one that comes twice or is none", function()
  local list = answers(client:get_all { "done", "failed", "nobody", "done", "" })
  equal(list, "=usage done=success done=success failed=failed nobody=not_found")
end)

test("no ids, no answers", function()
  equal(answers(client:get_all {}), "")
  equal(answers(client:wait_all {}), "")
end)

test("waits are handed over as they end", function()
  local order = {}
  for id in client:wait_all({ "slow-3", "done", "late" }, { interval = 0.05 }) do
    order[#order + 1] = id
  end
  equal(order[3], "slow-3")
  equal(#order, 3)
end)

test("a deadline is each id's own", function()
  local list = answers(client:wait_all({ "generating", "done" }, { timeout = 0.05, interval = 0.01 }))
  equal(list, "done=success generating=deadline")
end)

test("updates come in order, each before its task is handed over", function()
  local seen = {}
  for id in client:wait_all({ "slow-4" }, {
    interval = 0.01,
    on_update = function(task)
      seen[#seen + 1] = task.id .. " " .. task.status
    end,
  }) do
    seen[#seen + 1] = id .. " ended"
  end
  equal(table.concat(seen, ", "), "slow-4 generating, slow-4 success, slow-4 ended")
end)

test("a callback that raises ends the iteration", function()
  local next_one = client:wait_all({ "generating" }, {
    on_update = function()
      error "enough"
    end,
  })
  raises("enough", next_one)
  equal(next_one(), nil)
end)

test("a callback cannot ask its own iterator", function()
  local next_one
  next_one = client:wait_all({ "generating" }, {
    on_update = function()
      next_one()
    end,
  })
  raises("its own callback asks for the next one", next_one)
end)

test("fail_fast ends at the first failure", function()
  local list = answers(client:wait_all({ "failed", "generating" }, { fail_fast = true, max_in_flight = 1 }))
  equal(list, "failed=task_failed")
end)

test("a loop can be left, and another one begun", function()
  for _ = 1, 20 do
    for id in client:wait_all({ "done", "generating", "failed" }, { max_in_flight = 1 }) do
      equal(type(id), "string")
      break
    end
  end
  equal(answers(client:get_all { "done" }), "done=success")
end)

test("an iterator that has ended stays at its end", function()
  local next_one = client:get_all { "done" }
  equal(next_one(), "done")
  equal(next_one(), nil)
  equal(next_one(), nil)
end)

test("many ids in few looks at once", function()
  local ids, count = {}, 0
  for number = 1, 500 do
    ids[number] = "nobody-" .. number
  end
  for _, task, err in client:get_all(ids, { max_in_flight = 8 }) do
    equal(task, nil)
    equal(err.kind, "not_found")
    count = count + 1
  end
  equal(count, 500)
end)
