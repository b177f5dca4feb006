/// Why packets of an interface cannot be had.
public enum LiveError: Error, Hashable, Sendable {
    case noSuchInterface(String, near: String?)
    case notPermitted(String)
    case isDown(String)
    /// Its packets are not Ethernet frames: the link type's name.
    case notEthernet(String, linkType: String)
    case failed(String, reason: String)
}

extension LiveError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noSuchInterface(let name, let near):
            "there is no interface '\(name)'" + (near.map { "; did you mean '\($0)'?" } ?? "")
                + " ('ip link' lists them)"
        case .notPermitted(let name):
            "\(name): you may not capture its packets: it takes the capability cap_net_raw; as root, once: "
                + "setcap cap_net_raw+ep \"$(command -v replay)\""
        case .isDown(let name): "\(name): the interface is down; as root: ip link set \(name) up"
        case .notEthernet(let name, let linkType):
            "\(name): its packets are not Ethernet frames but of link type \(linkType); only Ethernet is supported"
        case .failed(let name, let reason): "\(name): \(reason)"
        }
    }
}
