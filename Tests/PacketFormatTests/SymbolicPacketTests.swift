import Logic
import PacketFormat
import Testing
