-- Gives back what a request has spent.
--
-- KEYS  for each ask: what its key has spent
-- ARGV  for each ask: what it had been charged, in microseconds

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
for ask, key in ipairs(KEYS) do
  local owed = tonumber(redis.call('GET', key) or 0) - now - tonumber(ARGV[ask])
  if owed > 0 then
    local value = string.format('%.0f', now + owed)
    redis.call('SET', key, value, 'PX', string.format('%.0f', math.ceil(owed / 1000) + 1000))
  else
    redis.call('DEL', key)
  end
end
return #KEYS
