// What gcc's unwinder asks glibc 2.35 for, made of what glibc 2.34 has: Amazon Linux 2023 has that one.
//
// Only exceptions come here, and only the one program is loaded: walking the list of objects each time is fast enough.

#include <dlfcn.h>
#include <link.h>

#include <cstddef>

namespace {

struct Search {
  ElfW(Addr) address;
  dl_find_object* found;
};

int look_at(dl_phdr_info* object, std::size_t /*size*/, void* search_pointer) {
  const auto* search = static_cast<const Search*>(search_pointer);
  ElfW(Addr) begin = 0;
  ElfW(Addr) end = 0;
  ElfW(Addr) frames = 0;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object->dlpi_phdr[i];
    const ElfW(Addr) at = object->dlpi_addr + part.p_vaddr;
    if (part.p_type == PT_GNU_EH_FRAME) frames = at;
    if (part.p_type != PT_LOAD || search->address < at || search->address >= at + part.p_memsz) continue;
    begin = at;
    end = at + part.p_memsz;
  }
  if (begin == 0 || frames == 0) return 0;
  search->found->dlfo_flags = 0;
  search->found->dlfo_map_start = reinterpret_cast<void*>(begin);
  search->found->dlfo_map_end = reinterpret_cast<void*>(end);
  search->found->dlfo_link_map = nullptr;
  search->found->dlfo_eh_frame = reinterpret_cast<void*>(frames);
  return 1;
}

}  // namespace

extern "C" int _dl_find_object(void* address, dl_find_object* found) noexcept {
  Search search{reinterpret_cast<ElfW(Addr)>(address), found};
  return dl_iterate_phdr(look_at, &search) == 1 ? 0 : -1;
}
