local client = assert(require("midapi").client())
-- wrong: param-type-mismatch
print(client:wait("id", { timeout = true }))
