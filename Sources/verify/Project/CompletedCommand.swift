import Project

extension ProveCommand {
    /// Of one query, in seconds, where nothing else is said.
    static let usualTimeout = 60.0

    /// The command with what the project's file says where no flag does.
    func completed(by project: ProjectFile?) throws -> ProveCommand {
        guard let project else { return self }
        var command = self
        command.timeout = timeout ?? project.timeout
        command.property = property.isEmpty ? project.property : property
        command.counterexamples = counterexamples ?? project.counterexamples
        try command.reporting.complete(from: project)
        if gate.writeBaseline != nil {
            guard command.property.isEmpty else {
                throw UsageError(
                    description:
                        "--write-baseline takes all properties, and \(project.path) selects some: leave them out there")
            }
        } else if gate.baseline == nil, !wholeProgram {
            command.gate.baseline = try project.existingBaseline()
        }
        return command
    }
}

extension ReportOptions {
    /// Takes what the project's file says where no flag does.
    fileprivate mutating func complete(from project: ProjectFile) throws {
        if format == nil, let named = project.format {
            do { _ = try ReportFormat(named: named) } catch let error as UsageError {
                throw project.rejected(.format, error.description)
            }
            format = named
        }
        if output.isEmpty {
            do { _ = try ReportOutputs.parse(project.outputs, otherwise: .text) } catch let error as UsageError {
                throw project.rejected(.outputs, error.description)
            }
            output = project.outputs
        }
    }
}
