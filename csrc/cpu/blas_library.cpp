// The BLAS that products use: NumPy's own OpenBLAS when it is loaded, else one opened by path.
#include "csrc/cpu/blas_library.h"

#include <dlfcn.h>
#if defined(__linux__)
#include <link.h>
#endif

#include <algorithm>
#include <mutex>
#include <vector>

namespace lazynp {

namespace {

// How a build of OpenBLAS with 64-bit integers decorates its names.
struct Naming {
  const char *prefix, *suffix;
};
constexpr Naming namings[] = {{"scipy_", "64_"}, {"", "64_"}};

struct Tables {
  Blas<float> s;
  Blas<double> d;
  Blas<std::complex<float>> c;
  Blas<std::complex<double>> z;
  Lapack<float> lapack_s;
  Lapack<double> lapack_d;
  Lapack<std::complex<float>> lapack_c;
  Lapack<std::complex<double>> lapack_z;
  bool has_lapack;
};

struct Library {
  std::mutex mutex;
  bool searched = false, use = true;
  bool found = false;
  std::string wanted_path, path;
  Tables tables{};
};
Library& library() {
  static Library* instance = new Library;  // kernels may run until the process ends
  return *instance;
}

template <class Function>
bool find(void* handle, const Naming& naming, const std::string& name, Function& function) {
  const std::string symbol = naming.prefix + ("cblas_" + name) + naming.suffix;
  function = reinterpret_cast<Function>(dlsym(handle, symbol.c_str()));
  return function != nullptr;
}

template <class T>
bool fill(void* handle, const Naming& naming, const char* letter, Blas<T>& table) {
  const std::string type = letter;
  bool complete = find(handle, naming, type + "gemm", table.gemm) &&
                  find(handle, naming, type + "gemv", table.gemv) &&
                  find(handle, naming, type + "syrk", table.syrk) &&
                  find(handle, naming, type + "axpy", table.axpy);
  if constexpr (std::is_floating_point_v<T>)
    complete = complete && find(handle, naming, type + "dot", table.dot);
  else
    complete = complete && find(handle, naming, type + "dotu_sub", table.dotu) &&
               find(handle, naming, type + "dotc_sub", table.dotc);
  return complete;
}

template <class T>
bool fill_lapack(void* handle, const Naming& naming, const std::string& type, Lapack<T>& table) {
  const auto take = [&](const char* name, auto& function) {
    const std::string symbol = naming.prefix + type + name + "_" + naming.suffix;
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(
        dlsym(handle, symbol.c_str()));
    return function != nullptr;
  };
  constexpr bool is_real = Lapack<T>::is_real;
  return take("getrf", table.getrf) && take("gesv", table.gesv) && take("potrf", table.potrf) &&
         take(is_real ? "syevd" : "heevd", table.syevd) && take("geev", table.geev) &&
         take("gesdd", table.gesdd) && take("geqrf", table.geqrf) &&
         take(is_real ? "orgqr" : "ungqr", table.orgqr) && take("gelsd", table.gelsd);
}

// Takes the functions from an opened library; it stays open as long as the process.
bool take_functions(void* handle, Tables& tables) {
  for (const Naming& naming : namings)
    if (fill(handle, naming, "s", tables.s) && fill(handle, naming, "d", tables.d) &&
        fill(handle, naming, "c", tables.c) && fill(handle, naming, "z", tables.z)) {
      tables.has_lapack = fill_lapack(handle, naming, "s", tables.lapack_s) &&
                          fill_lapack(handle, naming, "d", tables.lapack_d) &&
                          fill_lapack(handle, naming, "c", tables.lapack_c) &&
                          fill_lapack(handle, naming, "z", tables.lapack_z);
      return true;
    }
  return false;
}

// Paths of loaded libraries that may hold a BLAS, NumPy's first.
std::vector<std::string> loaded_candidates() {
  std::vector<std::string> paths;
#if defined(__linux__)
  dl_iterate_phdr(
      [](dl_phdr_info* object, size_t, void* list) {
        const std::string path = object->dlpi_name ? object->dlpi_name : "";
        if (path.find("blas") != std::string::npos)
          static_cast<std::vector<std::string>*>(list)->push_back(path);
        return 0;
      },
      &paths);
#endif
  std::ranges::stable_partition(
      paths, [](const std::string& path) { return path.find("numpy") != std::string::npos; });
  return paths;
}

bool open_library(Library& lib, const std::string& path, int extra_flags) {
  void* handle = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL | extra_flags);
  if (!handle) return false;
  Tables tables{};
  if (!take_functions(handle, tables)) {
    dlclose(handle);
    return false;
  }
  lib.tables = tables;
  lib.path = path;
  return true;
}

void search(Library& lib) {
  lib.searched = true;
  lib.found = false;
  lib.path.clear();
  for (const std::string& path : loaded_candidates())
    if (open_library(lib, path, RTLD_NOLOAD)) {
      lib.found = true;
      return;
    }
  lib.found = !lib.wanted_path.empty() && open_library(lib, lib.wanted_path, 0);
}

const Tables* tables() {
  Library& lib = library();
  const std::scoped_lock lock(lib.mutex);
  if (!lib.use) return nullptr;
  if (!lib.searched) search(lib);
  return lib.found ? &lib.tables : nullptr;
}

}  // namespace

template <> const Blas<float>* blas<float>() {
  const Tables* t = tables();
  return t ? &t->s : nullptr;
}
template <> const Blas<double>* blas<double>() {
  const Tables* t = tables();
  return t ? &t->d : nullptr;
}
template <> const Blas<std::complex<float>>* blas<std::complex<float>>() {
  const Tables* t = tables();
  return t ? &t->c : nullptr;
}
template <> const Blas<std::complex<double>>* blas<std::complex<double>>() {
  const Tables* t = tables();
  return t ? &t->z : nullptr;
}

template <> const Lapack<float>* lapack<float>() {
  const Tables* t = tables();
  return t && t->has_lapack ? &t->lapack_s : nullptr;
}
template <> const Lapack<double>* lapack<double>() {
  const Tables* t = tables();
  return t && t->has_lapack ? &t->lapack_d : nullptr;
}
template <> const Lapack<std::complex<float>>* lapack<std::complex<float>>() {
  const Tables* t = tables();
  return t && t->has_lapack ? &t->lapack_c : nullptr;
}
template <> const Lapack<std::complex<double>>* lapack<std::complex<double>>() {
  const Tables* t = tables();
  return t && t->has_lapack ? &t->lapack_z : nullptr;
}

void set_blas_path(const char* path) {
  Library& lib = library();
  const std::scoped_lock lock(lib.mutex);
  lib.wanted_path = path ? path : "";
  if (!lib.found) lib.searched = false;
}

void use_blas(bool use) {
  Library& lib = library();
  const std::scoped_lock lock(lib.mutex);
  lib.use = use;
}

std::string blas_path() {
  if (!tables()) return {};
  Library& lib = library();
  const std::scoped_lock lock(lib.mutex);
  return lib.path;
}

}  // namespace lazynp
