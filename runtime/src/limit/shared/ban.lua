-- Bans a key, or lifts its ban. One that lasts longer already stays.
--
-- KEYS[1]  the end of its ban
-- ARGV[1]  microseconds that the ban lasts; 0 to lift it

local lasts = tonumber(ARGV[1])
if lasts == 0 then return redis.call('DEL', KEYS[1]) end
local time = redis.call('TIME')
local ends = time[1] * 1000000 + time[2] + lasts
if tonumber(redis.call('GET', KEYS[1]) or 0) >= ends then return 0 end
local expiry = string.format('%.0f', math.ceil(lasts / 1000) + 1000)
redis.call('SET', KEYS[1], string.format('%.0f', ends), 'PX', expiry)
return 1
