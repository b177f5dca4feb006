import Project

extension ProveCommand {
    /// Of one query, in seconds, where nothing else is said.
    static let usualTimeout = 60.0

    /// The command with what the project's file says where no flag does.
    func completed(by project: ProjectFile?) throws -> ProveCommand {
        guard let project else { return self }
        var command = self
        command.jobs = jobs ?? project.jobs
        command.timeout = timeout ?? project.timeout
        command.property = property.isEmpty ? project.property : property
        command.counterexamples = counterexamples ?? project.counterexamples
        return command
    }
}
