// A kernel that watches no further descriptors: the user has as many as fs.epoll.max_user_watches.
#pragma once

// While it lives, epoll_ctl() of this program fails with ENOSPC for each descriptor that it does not watch.
class NoWatches {
 public:
  NoWatches();
  ~NoWatches();
  NoWatches(const NoWatches&) = delete;
  NoWatches& operator=(const NoWatches&) = delete;
};
