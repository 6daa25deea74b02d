// Relays ChannelData and its peers' datagrams before the kernel makes packets of them (XDP): the flows that
// the loader entered, and nothing else. Whatever is unusual goes up to the sockets, which relay it all the
// same: fragments, IP options, VLAN tags, padding, broken checksums, what is too long, what has expired.
//
// A frame leaves by the interface and to the next hop from which the last frame of the other direction came.
// So it needs no routing table, which XDP may only ask where the host forwards; and a flow is relayed here
// once both sides have sent something. Source addresses can be made up: when frames of one side come from two
// next hops, the sockets relay, which go by the host's routes, until one was the only one for a while. The
// loader says by which interfaces frames may leave, from one frame to the next.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <stdbool.h>
// After the kernel's, which they need:
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "relay/fast_path/flow_layout.h"

#define CHANNEL_HEADER 4
#define MAX_PAYLOAD 2047
#define HOP_LIMIT 64
#define REFRESH_NEXT_HOP_NS 1000000000ull
#define IPV4_FRAGMENT 0x3fff  // more fragments, or an offset

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, FLOW_SLOTS);
  __type(key, struct FlowKey);
  __type(value, __u32);
} flows SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, FLOW_SLOTS);
  __type(key, __u32);
  __type(value, struct FlowSlot);
} slots SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, FLOW_INTERFACES);
  __type(key, __u32);
  __type(value, struct FlowInterface);
} interfaces SEC(".maps");

// Places among them, by the index of an interface.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, FLOW_INTERFACES);
  __type(key, __u32);
  __type(value, __u32);
} places SEC(".maps");

// Frames that were given to each, by place.
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, FLOW_INTERFACES);
  __type(key, __u32);
  __type(value, __u64);
} sent SEC(".maps");

struct Datagram {
  struct FlowKey key;
  __u8 next_hop[ETH_ALEN];
  __u8 own[ETH_ALEN];
  __u32 ip_size;       // of the header
  __u32 payload_size;  // of UDP
  __u32 pseudo_sum;    // of the pseudo header
  __u16 checksum;
  __u16 length;  // of the channel header
  __u8 traffic_class;
  bool is_v4;
};

// ---- Internet checksums (RFC 1071), of words as they lie in memory ----

static __always_inline __u16 fold(__u64 sum) {
  sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32 & 0xffff) + (sum >> 48);
  sum = (sum & 0xffff) + (sum >> 16);
  return (sum & 0xffff) + (sum >> 16);
}

static __always_inline __u64 sum_words(const void* words, __u32 bytes) {
  __u64 sum = 0;
  for (__u32 i = 0; i < bytes / 4; ++i)
    sum += ((const __u32*)words)[i];
  return sum;
}

static __always_inline __u64 pseudo_sum(const void* source, const void* destination, bool is_v4,
                                        __u32 udp_size) {
  const __u64 rest = (__u64)bpf_htons(IPPROTO_UDP) + bpf_htons(udp_size);
  if (is_v4) return sum_words(source + 12, 4) + sum_words(destination + 12, 4) + rest;
  return sum_words(source, 16) + sum_words(destination, 16) + rest;
}

#define ADD_CHUNK(size)                                        \
  if (length & (size)) {                                       \
    if (at + (size) > end) return -1;                          \
    sum = bpf_csum_diff(0, 0, (__be32*)at, (size), fold(sum)); \
    if (sum < 0) return -1;                                    \
    at += (size);                                              \
  }

// Of `length` bytes of the frame, up to MAX_PAYLOAD; negative when it has not so many. Not inlined: so the
// verifier looks at its ways once.
__attribute__((noinline)) int payload_sum(struct xdp_md* ctx, __u32 offset, __u32 length) {
  const void* const end = (const void*)(long)ctx->data_end;
  const void* at = (const void*)(long)ctx->data + (offset & 0xff);
  __s64 sum = 0;
  if (length & 1024) {
    for (int half = 0; half < 2; ++half) {  // the helper of older kernels takes 512 bytes at most
      if (at + 512 > end) return -1;
      sum = bpf_csum_diff(0, 0, (__be32*)at, 512, fold(sum));
      if (sum < 0) return -1;
      at += 512;
    }
  }
  ADD_CHUNK(512)
  ADD_CHUNK(256)
  ADD_CHUNK(128)
  ADD_CHUNK(64)
  ADD_CHUNK(32)
  ADD_CHUNK(16)
  ADD_CHUNK(8)
  ADD_CHUNK(4)
  __u64 total = fold(sum);
  if (length & 2) {
    if (at + 2 > end) return -1;
    total += *(const __u16*)at;
    at += 2;
  }
  if (length & 1) {
    if (at + 1 > end) return -1;
    total += bpf_htons((__u16)(*(const __u8*)at << 8));
  }
  return fold(total);
}

// ---- what arrives ----

static __always_inline void map_v4(__u8* out, __be32 address) {
  out[10] = 0xff;
  out[11] = 0xff;
  __builtin_memcpy(out + 12, &address, 4);
}

// False: not for us, or not simple.
static __always_inline bool read_ipv4(const struct iphdr* ip, const void* end, struct Datagram* in,
                                      __u32* size) {
  if ((const void*)(ip + 1) > end || ip->ihl != 5 || ip->protocol != IPPROTO_UDP ||
      (ip->frag_off & bpf_htons(IPV4_FRAGMENT)) != 0)
    return false;
  map_v4(in->key.source, ip->saddr);
  map_v4(in->key.local, ip->daddr);
  in->traffic_class = ip->tos;
  in->key.family = 4;
  in->ip_size = sizeof *ip;
  in->is_v4 = true;
  *size = bpf_ntohs(ip->tot_len) - sizeof *ip;
  return true;
}

static __always_inline bool read_ipv6(const struct ipv6hdr* ip, const void* end, struct Datagram* in,
                                      __u32* size) {
  if ((const void*)(ip + 1) > end || ip->nexthdr != IPPROTO_UDP) return false;
  __builtin_memcpy(in->key.source, &ip->saddr, 16);
  __builtin_memcpy(in->key.local, &ip->daddr, 16);
  in->traffic_class = ip->priority << 4 | ip->flow_lbl[0] >> 4;
  in->key.family = 6;
  in->ip_size = sizeof *ip;
  *size = bpf_ntohs(ip->payload_len);
  return true;
}

static __always_inline bool read_datagram(struct xdp_md* ctx, struct Datagram* in) {
  const void* const end = (const void*)(long)ctx->data_end;
  const struct ethhdr* const ethernet = (const void*)(long)ctx->data;
  if ((const void*)(ethernet + 1) > end) return false;
  if (ethernet->h_dest[0] & 1) return false;  // to a group: no address to answer from
  __u32 size = 0;
  if (ethernet->h_proto == bpf_htons(ETH_P_IP)) {
    if (!read_ipv4((const void*)(ethernet + 1), end, in, &size)) return false;
  } else if (ethernet->h_proto != bpf_htons(ETH_P_IPV6) ||
             !read_ipv6((const void*)(ethernet + 1), end, in, &size)) {
    return false;
  }
  const struct udphdr* const udp = (const void*)(ethernet + 1) + in->ip_size;
  if ((const void*)(udp + 1) > end || bpf_ntohs(udp->len) != size || size < sizeof *udp) return false;
  __builtin_memcpy(in->next_hop, ethernet->h_source, ETH_ALEN);
  __builtin_memcpy(in->own, ethernet->h_dest, ETH_ALEN);
  in->key.source_port = udp->source;
  in->key.local_port = udp->dest;
  in->checksum = udp->check;
  in->payload_size = size - sizeof *udp;
  in->pseudo_sum = fold(pseudo_sum(in->key.source, in->key.local, in->is_v4, size));
  return in->payload_size <= MAX_PAYLOAD;
}

// A client's ChannelData, or else a peer's datagram that only looks so.
static __always_inline struct FlowSlot* find_flow(struct xdp_md* ctx, struct Datagram* in) {
  const void* const end = (const void*)(long)ctx->data_end;
  const __u8* const header =
      (const void*)(long)ctx->data + sizeof(struct ethhdr) + in->ip_size + sizeof(struct udphdr);
  __u32* index = 0;
  if ((const void*)(header + CHANNEL_HEADER) <= end && in->payload_size >= CHANNEL_HEADER &&
      (header[0] & 0xc0) == 0x40) {
    in->key.channel = header[0] << 8 | header[1];
    in->length = header[2] << 8 | header[3];
    index = bpf_map_lookup_elem(&flows, &in->key);
  }
  if (!index) {
    in->key.channel = 0;
    index = bpf_map_lookup_elem(&flows, &in->key);
  }
  return index ? bpf_map_lookup_elem(&slots, index) : 0;
}

// The sum of the payload that is relayed, if that is simple and came as it was sent; else negative. On the
// way between two namespaces of a host only the pseudo header has been summed.
static __always_inline int verified_sum(struct xdp_md* ctx, const struct Datagram* in) {
  const __u32 offset = sizeof(struct ethhdr) + in->ip_size + sizeof(struct udphdr);
  const bool has_channel = in->key.channel != 0;
  if (has_channel && in->length + CHANNEL_HEADER != in->payload_size) return -1;
  const int sum = has_channel ? payload_sum(ctx, offset + CHANNEL_HEADER, in->length)
                              : payload_sum(ctx, offset, in->payload_size);
  if (sum < 0 || (in->is_v4 && in->checksum == 0) || in->checksum == in->pseudo_sum) return sum;
  __u64 all = (__u64)in->pseudo_sum + in->key.source_port + in->key.local_port + in->checksum + sum +
              bpf_htons(in->payload_size + sizeof(struct udphdr));
  if (has_channel) all += (__u64)bpf_htons(in->key.channel) + bpf_htons(in->length);
  return fold(all) == 0xffff ? sum : -1;
}

static __always_inline bool is_same_address(const __u8* a, const __u8* b) {
  bool is_same = true;
  for (int i = 0; i < ETH_ALEN; i += 2)
    is_same &= *(const __u16*)(a + i) == *(const __u16*)(b + i);
  return is_same;
}

static __always_inline bool is_same_hop(const struct FlowSlot* slot, const struct Datagram* in) {
  return is_same_address(slot->next_hop, in->next_hop) && is_same_address(slot->own, in->own);
}

// Where this frame comes from, `slot` sends to; when it did not send there before, only once no frame has
// come from elsewhere for a while.
static __always_inline void remember_next_hop(const struct Datagram* in, __u32 index, __u32 back, __u64 now) {
  struct FlowSlot* const slot = bpf_map_lookup_elem(&slots, &back);
  if (!slot) return;
  const struct FlowInterface* const known = bpf_map_lookup_elem(&interfaces, &slot->interface);
  const bool is_known = known && known->index == index && is_same_hop(slot, in);
  if (is_known && now - slot->heard_ns < REFRESH_NEXT_HOP_NS) return;
  if (is_known) {
    if (now >= slot->doubtful_until_ns) slot->heard_ns = now;
    return;
  }
  const __u32* const place = bpf_map_lookup_elem(&places, &index);
  if (!place) return;
  const bool is_replaced = now < slot->heard_ns + FLOW_NEXT_HOP_NS || now < slot->doubtful_until_ns;
  slot->heard_ns = is_replaced ? 0 : now;
  if (is_replaced) slot->doubtful_until_ns = now + FLOW_NEXT_HOP_NS;
  __builtin_memcpy(slot->next_hop, in->next_hop, ETH_ALEN);
  __builtin_memcpy(slot->own, in->own, ETH_ALEN);
  slot->interface = *place;
}

// ---- what leaves ----

static __always_inline void write_ipv4(struct iphdr* ip, const struct Datagram* in,
                                       const struct FlowSlot* slot, __u32 udp_size) {
  ip->version = 4;
  ip->ihl = 5;
  ip->tos = in->traffic_class;
  ip->tot_len = bpf_htons(sizeof *ip + udp_size);
  ip->id = bpf_get_prandom_u32();
  ip->frag_off = 0;
  ip->ttl = HOP_LIMIT;
  ip->protocol = IPPROTO_UDP;
  ip->check = 0;
  __builtin_memcpy(&ip->saddr, slot->source + 12, 4);
  __builtin_memcpy(&ip->daddr, slot->destination + 12, 4);
  ip->check = ~fold(sum_words(ip, sizeof *ip));
}

static __always_inline void write_ipv6(struct ipv6hdr* ip, const struct Datagram* in,
                                       const struct FlowSlot* slot, __u32 udp_size) {
  ip->version = 6;
  ip->priority = in->traffic_class >> 4;
  ip->flow_lbl[0] = in->traffic_class << 4;
  ip->flow_lbl[1] = 0;
  ip->flow_lbl[2] = 0;
  ip->payload_len = bpf_htons(udp_size);
  ip->nexthdr = IPPROTO_UDP;
  ip->hop_limit = HOP_LIMIT;
  __builtin_memcpy(&ip->saddr, slot->source, 16);
  __builtin_memcpy(&ip->daddr, slot->destination, 16);
}

// And the channel header, if there is to be one; `payload_size` has it in. False when the frame ends before.
static __always_inline bool write_udp(struct udphdr* udp, const void* end, const struct Datagram* in,
                                      const struct FlowSlot* slot, __u32 payload_size, __u64 sum) {
  __u16* const channel = (void*)(udp + 1);
  if ((void*)udp + sizeof *udp > end) return false;
  const __u32 udp_size = sizeof *udp + payload_size;
  if (slot->channel != 0) {
    if ((void*)channel + CHANNEL_HEADER > end) return false;
    channel[0] = bpf_htons(slot->channel);
    channel[1] = bpf_htons(payload_size - CHANNEL_HEADER);
    sum += (__u64)channel[0] + channel[1];
  }
  udp->source = slot->source_port;
  udp->dest = slot->destination_port;
  udp->len = bpf_htons(udp_size);
  sum +=
      pseudo_sum(slot->source, slot->destination, in->is_v4, udp_size) + udp->source + udp->dest + udp->len;
  const __u16 checksum = ~fold(sum);
  udp->check = checksum == 0 ? 0xffff : checksum;  // zero would say that there is none (RFC 768)
  return true;
}

static __always_inline bool write_frame(struct xdp_md* ctx, const struct Datagram* in,
                                        const struct FlowSlot* slot, __u32 payload_size, __u64 sum) {
  const void* const end = (const void*)(long)ctx->data_end;
  struct ethhdr* const ethernet = (void*)(long)ctx->data;
  if ((void*)(ethernet + 1) > end) return false;
  __builtin_memcpy(ethernet->h_dest, slot->next_hop, ETH_ALEN);
  __builtin_memcpy(ethernet->h_source, slot->own, ETH_ALEN);
  if (in->is_v4) {
    struct iphdr* const ip = (void*)(ethernet + 1);
    if ((void*)(ip + 1) > end) return false;
    ethernet->h_proto = bpf_htons(ETH_P_IP);
    write_ipv4(ip, in, slot, sizeof(struct udphdr) + payload_size);
    return write_udp((void*)(ip + 1), end, in, slot, payload_size, sum);
  }
  struct ipv6hdr* const ip = (void*)(ethernet + 1);
  if ((void*)(ip + 1) > end) return false;
  ethernet->h_proto = bpf_htons(ETH_P_IPV6);
  write_ipv6(ip, in, slot, sizeof(struct udphdr) + payload_size);
  return write_udp((void*)(ip + 1), end, in, slot, payload_size, sum);
}

static __always_inline void count_sent(__u32 interface) {
  __u64* const frames = bpf_map_lookup_elem(&sent, &interface);
  if (frames) ++*frames;
}

static __always_inline int relay(struct xdp_md* ctx, const struct Datagram* in, struct FlowSlot* slot,
                                 int sum) {
  const __u32 payload = in->key.channel != 0 ? in->length : in->payload_size;
  const __u32 header = slot->channel != 0 ? CHANNEL_HEADER : 0;
  const int longer = header != 0 ? CHANNEL_HEADER : -CHANNEL_HEADER;
  const __u32 interface = slot->interface;
  const struct FlowInterface* const out = bpf_map_lookup_elem(&interfaces, &interface);
  if (!out || !out->is_open) return XDP_PASS;
  __u32 mtu = 0;
  if (bpf_check_mtu(ctx, out->index, &mtu, longer, 0) != 0) return XDP_PASS;
  if (bpf_xdp_adjust_head(ctx, -longer) != 0) return XDP_PASS;
  // From here on there is no way back to the sockets: the frame is another.
  if (!write_frame(ctx, in, slot, payload + header, sum)) return XDP_DROP;
  __sync_fetch_and_add(&slot->packets, 1);
  __sync_fetch_and_add(&slot->bytes, payload);
  count_sent(interface);
  // Also back to where it came from: what XDP_TX sends on a veth device lies there until its far end has an
  // XDP program too.
  return bpf_redirect(out->index, 0);
}

SEC("xdp")
int relay_flows(struct xdp_md* ctx) {
  struct Datagram in = {};
  if (!read_datagram(ctx, &in)) return XDP_PASS;
  struct FlowSlot* const slot = find_flow(ctx, &in);
  if (!slot) return XDP_PASS;
  const __u64 now = bpf_ktime_get_ns();
  if (now >= slot->until_ns) return XDP_PASS;
  const int sum = verified_sum(ctx, &in);
  if (sum < 0) return XDP_PASS;
  remember_next_hop(&in, ctx->ingress_ifindex, slot->back, now);
  if (slot->heard_ns == 0 || slot->heard_ns + FLOW_NEXT_HOP_NS < now) return XDP_PASS;
  // One side is a client, which speaks ChannelData; the other is not.
  if ((in.key.channel != 0) == (slot->channel != 0)) return XDP_PASS;
  return relay(ctx, &in, slot, sum);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
