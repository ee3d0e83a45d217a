// Preloaded into a process, tells it that its processor has no AVX-512, so that native libraries choose their AVX2 code.
// Linux on x86-64: the kernel makes the CPUID instruction fault (arch_prctl), and the handler answers in its place.
#define _GNU_SOURCE
#include <cpuid.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define ARCH_SET_CPUID 0x1012

// CPUID leaf 7, subleaf 0: every bit that stands for a part of AVX-512.
#define EBX_AVX512 (1u << 16 | 1u << 17 | 1u << 21 | 1u << 26 | 1u << 27 | 1u << 28 | 1u << 30 | 1u << 31)
#define ECX_AVX512 (1u << 1 | 1u << 6 | 1u << 11 | 1u << 12 | 1u << 14)
#define EDX_AVX512 (1u << 2 | 1u << 3 | 1u << 8 | 1u << 23)
// Subleaf 1: BF16.
#define EAX_AVX512 (1u << 5)

static const unsigned char cpuidCode[] = {0x0f, 0xa2};

typedef int (*Sigaction)(int, const struct sigaction *, struct sigaction *);

static Sigaction realSigaction;
/** What the program itself does with faults. */
static struct sigaction program;

static void answerCpuid(greg_t *registers) {
  const unsigned leaf = registers[REG_RAX], subleaf = registers[REG_RCX];
  unsigned eax, ebx, ecx, edx;
  syscall(SYS_arch_prctl, ARCH_SET_CPUID, 1);
  __cpuid_count(leaf, subleaf, eax, ebx, ecx, edx);
  syscall(SYS_arch_prctl, ARCH_SET_CPUID, 0);
  if (leaf == 7 && subleaf == 0) {
    ebx &= ~EBX_AVX512;
    ecx &= ~ECX_AVX512;
    edx &= ~EDX_AVX512;
  }
  if (leaf == 7 && subleaf == 1) eax &= ~EAX_AVX512;
  registers[REG_RAX] = eax;
  registers[REG_RBX] = ebx;
  registers[REG_RCX] = ecx;
  registers[REG_RDX] = edx;
  registers[REG_RIP] += sizeof cpuidCode;
}

static void onFault(int number, siginfo_t *info, void *context) {
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  const unsigned char *code = (const unsigned char *)registers[REG_RIP];
  // SI_KERNEL: a general protection fault, in code that was just read. Other faults may stand where nothing can be.
  if (info->si_code == SI_KERNEL && memcmp(code, cpuidCode, sizeof cpuidCode) == 0) return answerCpuid(registers);
  if (program.sa_flags & SA_SIGINFO) return program.sa_sigaction(number, info, context);
  if (program.sa_handler != SIG_DFL && program.sa_handler != SIG_IGN) return program.sa_handler(number);
  signal(number, SIG_DFL);
}

/** Engines handle faults as well (memory bounds of WebAssembly); theirs comes second. */
int sigaction(int number, const struct sigaction *action, struct sigaction *old) {
  if (!realSigaction) realSigaction = (Sigaction)dlsym(RTLD_NEXT, "sigaction");
  if (number != SIGSEGV) return realSigaction(number, action, old);
  if (old) *old = program;
  if (action) program = *action;
  return 0;
}

__attribute__((constructor)) static void hide(void) {
  if (!realSigaction) realSigaction = (Sigaction)dlsym(RTLD_NEXT, "sigaction");
  struct sigaction handler = {.sa_sigaction = onFault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  sigemptyset(&handler.sa_mask);
  if (realSigaction(SIGSEGV, &handler, NULL) != 0 || syscall(SYS_arch_prctl, ARCH_SET_CPUID, 0) != 0) {
    fputs("This system cannot hide AVX-512 from a process.\n", stderr);
    exit(1);
  }
}
