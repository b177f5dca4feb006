import Glibc

/// The C library that a native middlebox is linked with.
enum CLibrary {
    /// Whether a native build finds a function of this name there.
    static func defines(_ name: String) -> Bool {
        guard let library = dlopen("libc.so.6", RTLD_LAZY) else { return false }
        defer { dlclose(library) }
        return dlsym(library, name) != nil
    }
}
