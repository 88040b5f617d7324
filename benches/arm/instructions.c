// A QEMU plugin that counts the instructions of an AArch64 program: whenever the program writes to standard output, the
// plugin writes the number of instructions so far to standard error. The declarations below are the used part of
// qemu-plugin.h, which Debian does not package; API_VERSION is 1 for QEMU before 9, and 2 from version 9 on.

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define EXPORTED __attribute__((visibility("default")))
#define WRITE 64
#define STANDARD_OUTPUT 1
#define NO_REGISTERS 0

struct block;

size_t qemu_plugin_tb_n_insns(const struct block *);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t plugin, void (*)(uint64_t plugin, struct block *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct block *, void (*)(unsigned processor, void *data), int flags, void *data);
void qemu_plugin_register_vcpu_syscall_cb(uint64_t plugin,
                                          void (*)(uint64_t plugin, unsigned processor, int64_t number, uint64_t,
                                                   uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t));

EXPORTED int qemu_plugin_version = API_VERSION;

static uint64_t instructions;

static void run(unsigned processor, void *length) {
    (void)processor;
    instructions += (uintptr_t)length;
}

static void translate(uint64_t plugin, struct block *block) {
    (void)plugin;
    uintptr_t length = qemu_plugin_tb_n_insns(block);
    qemu_plugin_register_vcpu_tb_exec_cb(block, run, NO_REGISTERS, (void *)length);
}

static void call(uint64_t plugin, unsigned processor, int64_t number, uint64_t file, uint64_t b, uint64_t c, uint64_t d,
                 uint64_t e, uint64_t f, uint64_t g, uint64_t h) {
    (void)plugin, (void)processor, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
    if (number == WRITE && file == STANDARD_OUTPUT) fprintf(stderr, "instructions %" PRIu64 "\n", instructions);
}

EXPORTED int qemu_plugin_install(uint64_t plugin, const void *about, int count, char **arguments) {
    (void)about, (void)count, (void)arguments;
    qemu_plugin_register_vcpu_tb_trans_cb(plugin, translate);
    qemu_plugin_register_vcpu_syscall_cb(plugin, call);
    return 0;
}
