local client = assert(require("midapi").client())
-- wrong: param-type-mismatch
for id in client:wait_all("id") do
  print(id)
end
