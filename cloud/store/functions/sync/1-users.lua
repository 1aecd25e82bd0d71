#!lua name=latchkey_sync
--[[
Users, sync cursors and sync runs of one tenant. These functions are the only writers of all three.

  requested ──► running ──► done | held | failed          held ──► approved | discarded | done
  A run that is finishing passes through phases. Each can be resumed after a crash between two calls:
    sweeping ──► deciding ──► deleting | holding ──► over
  held ──► done happens by itself, once all users the run wanted to delete are back in the directory.

A source is one directory of the tenant. Users, cursor and runs belong to a source, and a run touches only users of its own. The
names of users are one index for all sources, so a name of two sources is found twice. Only one run of a source is in progress at a
time: the run that has the lease (`run`, `agent`, `lease_until` in the source's sync hash). A
cursor is committed in the same call as the last of the data it covers. A repeated batch changes nothing.

Every function gets the same KEYS, see named(). Keys of single runs and buckets are built here from the prefixes; all carry the
tenant's hash tag, so a Cluster keeps them in one slot. All times come from Redis (TIME), never from a node or an agent.
]]

-- Lengths in the header of a user's value, see users.ts.
local SOURCE, FINGERPRINT, INSTANT = 5, 16, 10
local CREATED = SOURCE + FINGERPRINT
local HEADER = CREATED + 3 * INSTANT
local NEVER = '0000000000'
local BUCKETS = 4096
-- unpack() is limited by the Lua stack, about 8000 values.
local CHUNK = 2000

local function named(keys)
  return {
    users = keys[1], names = keys[2], problems = keys[3], sync = keys[4], staged = keys[5], seen = keys[6],
    held = keys[7], run = keys[8], runs = keys[9], open = keys[10], held_runs = keys[11],
    registrations = keys[12], number_changes = keys[13], lost = keys[14], rejected = keys[15],
    agent = keys[16], approved = keys[17], sources = keys[18],
    -- The source's sync hash is the only key whose name a function reads: it ends in the source's four digits.
    source = 's' .. string.sub(keys[4], -4), number = tostring(tonumber(string.sub(keys[4], -4))),
  }
end

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Calls a command that takes any number of values, CHUNK values at a time. CHUNK is even, so that pairs stay together.
local function call_many(command, key, values)
  for first = 1, #values, CHUNK do
    redis.call(command, key, unpack(values, first, math.min(first + CHUNK - 1, #values)))
  end
end

local function push(list, ...)
  for i = 1, select('#', ...) do list[#list + 1] = (select(i, ...)) end
end

-- ---- Users --------------------------------------------------------------------------------------------------------

local function bucket_of(k, id) return k.users .. string.sub(id, 1, 3) end

-- Returns the mark of the source that a stored value belongs to, such as `s0002`.
local function source_of(value) return string.sub(value, 1, SOURCE) end

-- Returns the index members of a stored value: a list with one member per name, and the member of the problem index.
local function members_of(value, id)
  local members = {}
  local last = string.find(value, '\n', HEADER + 1, true)
  for name in string.gmatch(string.sub(value, HEADER + 1, last - 1), '%Z+') do push(members, name .. '\0' .. id) end
  return members, members[1]
end

-- Returns the mobile number in a stored value or in bare JSON. An E.164 number needs no escaping, and quotes inside any
-- other text are escaped, so the pattern matches this field and nothing else.
local function mobile_of(value)
  return string.match(value, '"mobile":"([^"]*)"', (string.find(value, '\n', 1, true) or 0) + 1)
end

-- Queues users whose number changed. Each such user gets a notice at the old number and addresses too, because the
-- change may not have been made by the owner (see number-changes.ts). The whole old record is queued. If no node ever
-- fetches them, only the newest MAX_CHANGES stay.
local MAX_CHANGES = 10000
local function note_number_changes(k, values)
  if #values == 0 then return end
  call_many('RPUSH', k.number_changes, values)
  redis.call('LTRIM', k.number_changes, -MAX_CHANGES, -1)
end

-- Adds and updates users ({ id, fingerprint, names, has_problem, json }) and counts them. Without `write` it only counts. A user
-- of another source is left alone and marked `foreign`.
local function upsert(k, users, write, seconds, counts)
  local by_bucket, buckets = {}, {}
  for _, user in ipairs(users) do
    local bucket = bucket_of(k, user.id)
    if not by_bucket[bucket] then by_bucket[bucket] = {} push(buckets, bucket) end
    push(by_bucket[bucket], user)
  end

  local old_names, old_problems, names, problems, number_changes = {}, {}, {}, {}, {}
  local adopted = 0
  for _, bucket in ipairs(buckets) do
    local ids, values = {}, {}
    for _, user in ipairs(by_bucket[bucket]) do push(ids, user.id) end
    local stored = redis.call('HMGET', bucket, unpack(ids))
    for at, user in ipairs(by_bucket[bucket]) do
      local old = stored[at]
      -- A value that an earlier version wrote has no source. The first source to name the user gets the user.
      local is_unmarked = old and string.sub(old, 1, 1) ~= 's'
      if is_unmarked then old, adopted = k.source .. old, adopted + 1 end
      if old and source_of(old) ~= k.source then
        user.foreign = true
      elseif old and not is_unmarked and string.sub(old, SOURCE + 1, CREATED) == user.fingerprint then
        counts.unchanged = counts.unchanged + 1
      else
        counts[old and 'changed' or 'added'] = counts[old and 'changed' or 'added'] + 1
        if write then
          local created, number_changed = seconds, NEVER
          if old then
            created = string.sub(old, CREATED + 1, CREATED + INSTANT)
            number_changed = string.sub(old, CREATED + 2 * INSTANT + 1, HEADER)
            if mobile_of(old) ~= mobile_of(user.json) then
              number_changed = seconds
              push(number_changes, string.sub(old, string.find(old, '\n', HEADER + 1, true) + 1))
            end
            local members, first = members_of(old, user.id)
            push(old_names, unpack(members))
            push(old_problems, first)
          end
          push(values, user.id,
            k.source .. user.fingerprint .. created .. seconds .. number_changed .. user.names .. '\n' .. user.json)
          user.changed = true
        end
      end
    end
    if #values > 0 then redis.call('HSET', bucket, unpack(values)) end
  end
  if not write then return end
  note_number_changes(k, number_changes)

  -- Old names are removed before new ones are added, so that a name that stays is in the index afterwards.
  call_many('ZREM', k.names, old_names)
  call_many('ZREM', k.problems, old_problems)
  for _, user in ipairs(users) do
    if user.changed then
      local first = true
      for text in string.gmatch(user.names, '%Z+') do
        push(names, 0, text .. '\0' .. user.id)
        if first and user.has_problem then push(problems, 0, text .. '\0' .. user.id) end
        first = false
      end
    end
  end
  call_many('ZADD', k.names, names)
  call_many('ZADD', k.problems, problems)
  if counts.added + adopted > 0 then redis.call('HINCRBY', k.sync, 'users', counts.added + adopted) end
end

-- Deletes users and returns how many of them existed.
local function remove(k, ids)
  local names, problems, removed = {}, {}, 0
  for _, id in ipairs(ids) do
    local value = redis.call('HGET', bucket_of(k, id), id)
    if value then
      local members, first = members_of(value, id)
      push(names, unpack(members))
      push(problems, first)
      redis.call('HDEL', bucket_of(k, id), id)
      -- A user who returns under the same id must start with no registration. None can be written in between, because a
      -- registration is only written while its user exists.
      redis.call('DEL', k.registrations .. id)
      removed = removed + 1
    end
  end
  call_many('ZREM', k.names, names)
  call_many('ZREM', k.problems, problems)
  if removed > 0 then redis.call('HINCRBY', k.sync, 'users', -removed) end
  return removed
end
