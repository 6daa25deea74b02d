#include "overlay/io/steering_program.h"

#include <cstddef>
#include <cstring>

#include <linux/in.h>
#include <sys/socket.h>

#include "overlay/base/check.h"

namespace overlay {
namespace {

// NOLINTNEXTLINE(readability-identifier-naming): the names of the instruction set
enum Register : std::uint8_t { r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10 };

// The instructions in order. Jumps to the end are patched when the end is known.
class Assembler {
 public:
  void load(std::uint8_t size, Register to, Register from, std::size_t offset) {
    add(static_cast<std::uint8_t>(BPF_LDX | BPF_MEM | size), to, from, static_cast<std::int16_t>(offset), 0);
  }
  void store_word(Register to, std::int16_t offset, Register from) {
    add(BPF_STX | BPF_MEM | BPF_W, to, from, offset, 0);
  }
  void move(Register to, Register from) { add(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0); }
  void set(Register to, std::int32_t value) { add(BPF_ALU64 | BPF_MOV | BPF_K, to, r0, 0, value); }
  void compute(std::uint8_t operation, Register to, std::int32_t value) {
    add(static_cast<std::uint8_t>(BPF_ALU64 | operation | BPF_K), to, r0, 0, value);
  }
  void compute(std::uint8_t operation, Register to, Register from) {
    add(static_cast<std::uint8_t>(BPF_ALU64 | operation | BPF_X), to, from, 0, 0);
  }
  void call(std::int32_t function) { add(BPF_JMP | BPF_CALL, r0, r0, 0, function); }
  void load_map(Register to, std::uint8_t kind, int fd) {
    add(BPF_LD | BPF_IMM | BPF_DW, to, static_cast<Register>(kind), 0, fd);
    add(0, r0, r0, 0, 0);
  }
  // Compares 32 bits at a time.
  void leave_unless_equal(Register left, std::uint32_t value) {
    leave(BPF_JMP32 | BPF_JNE | BPF_K, left, static_cast<std::int32_t>(value));
  }
  void leave_if_zero(Register left) { leave(BPF_JMP | BPF_JEQ | BPF_K, left, 0); }

  [[nodiscard]] std::vector<bpf_insn> finish() {
    for (const std::size_t at : jumps_)
      code_[at].off = static_cast<std::int16_t>(code_.size() - at - 1);
    set(r0, SK_PASS);
    add(BPF_JMP | BPF_EXIT, r0, r0, 0, 0);
    return std::move(code_);
  }

 private:
  void add(std::uint8_t code, Register to, Register from, std::int16_t offset, std::int32_t value) {
    code_.push_back({.code = code,
                     .dst_reg = static_cast<std::uint8_t>(to & 0xf),
                     .src_reg = static_cast<std::uint8_t>(from & 0xf),
                     .off = offset,
                     .imm = value});
  }
  void leave(std::uint8_t code, Register left, std::int32_t value) {
    jumps_.push_back(code_.size());
    add(code, left, r0, 0, value);
  }

  std::vector<bpf_insn> code_;
  std::vector<std::size_t> jumps_;
};

constexpr std::int16_t kPlaneSlot = -4;  // on the stack

void leave_unless_ours(Assembler& code, const IpAddress& address) {
  code.load(BPF_W, r1, r6, offsetof(bpf_sk_lookup, protocol));
  code.leave_unless_equal(r1, IPPROTO_UDP);
  code.load(BPF_W, r1, r6, offsetof(bpf_sk_lookup, family));
  code.leave_unless_equal(r1, address.is_v4() ? AF_INET : AF_INET6);
  const std::size_t base =
      address.is_v4() ? offsetof(bpf_sk_lookup, local_ip4) : offsetof(bpf_sk_lookup, local_ip6);
  for (std::size_t at = 0; at < address.octets().size(); at += 4) {
    std::uint32_t word = 0;  // in network order, like the context
    std::memcpy(&word, address.octets().data() + at, sizeof word);
    code.load(BPF_W, r1, r6, base + at);
    code.leave_unless_equal(r1, word);
  }
}

void leave_unless_open(Assembler& code, int open_ports_fd) {
  code.load(BPF_W, r7, r6, offsetof(bpf_sk_lookup, local_port));
  code.move(r1, r7);
  code.compute(BPF_RSH, r1, 3);
  code.compute(BPF_AND, r1, 8191);
  code.load_map(r2, BPF_PSEUDO_MAP_VALUE, open_ports_fd);
  code.compute(BPF_ADD, r2, r1);
  code.load(BPF_B, r2, r2, 0);
  code.move(r1, r7);
  code.compute(BPF_AND, r1, 7);
  code.compute(BPF_RSH, r2, r1);
  code.compute(BPF_AND, r2, 1);
  code.leave_if_zero(r2);
}

void assign_plane(Assembler& code, std::uint32_t planes, int sockets_fd) {
  code.compute(BPF_RSH, r7, 1);
  code.compute(BPF_MOD, r7, static_cast<std::int32_t>(planes));
  code.store_word(r10, kPlaneSlot, r7);
  code.load_map(r1, BPF_PSEUDO_MAP_FD, sockets_fd);
  code.move(r2, r10);
  code.compute(BPF_ADD, r2, kPlaneSlot);
  code.call(BPF_FUNC_map_lookup_elem);
  code.leave_if_zero(r0);
  code.move(r7, r0);
  code.move(r1, r6);
  code.move(r2, r0);
  code.set(r3, 0);
  code.call(BPF_FUNC_sk_assign);
  code.move(r1, r7);
  code.call(BPF_FUNC_sk_release);
}

}  // namespace

std::vector<bpf_insn> steering_program(const SteeringRule& rule) {
  CHECK(rule.planes > 0 && !rule.address.octets().empty());
  Assembler code;
  code.move(r6, r1);
  leave_unless_ours(code, rule.address);
  leave_unless_open(code, rule.open_ports_fd);
  assign_plane(code, rule.planes, rule.sockets_fd);
  return code.finish();
}

}  // namespace overlay
