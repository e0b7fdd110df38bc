-- Gives back what a request has spent: of that, what time has not paid yet.
--
-- KEYS[1]  what its key has spent
-- ARGV[1]  what it was charged, in microseconds
-- ARGV[2]  when all was to be paid that the key had spent then

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local given = math.min(tonumber(ARGV[1]), tonumber(ARGV[2]) - now)
if given <= 0 then return 0 end
local owed = tonumber(redis.call('GET', KEYS[1]) or 0) - now - given
if owed > 0 then
  local expiry = string.format('%.0f', math.ceil(owed / 1000) + 1000)
  redis.call('SET', KEYS[1], string.format('%.0f', now + owed), 'PX', expiry)
else
  redis.call('DEL', KEYS[1])
end
return 1
